"""All commands, in the order in which a newcomer meets them."""

from importlib.metadata import version

from cyclopts import App

from adapters.cli import administration, log, messages, projections, serving

app = App(
    name="storeline",
    help="An event-sourced shop: its whole history is its database.",
    version=version("storeline"),
)

for command in (
    serving.run,
    serving.serve,
    serving.follow,
    serving.relay,
    administration.migrate,
    administration.seed,
    administration.token,
    administration.settings,
):
    app.command(command)
app.command(projections.projections)
app.command(log.events)
app.command(log.stream)
app.command(messages.deadletters)
