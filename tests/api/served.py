"""The application as a server process loads it, for tests that must speak to a socket."""

from litestar import Litestar

from api import body
from api.app import create_app
from tests.api.shops import shop_in_memory


def create() -> Litestar:
    body.MOST_SECONDS = 1.0  # no test waits for the real limit
    return create_app(shop_in_memory())
