"""`python -m adapters.cli` is `storeline`."""

from adapters.cli import main

main()
