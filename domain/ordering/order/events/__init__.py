"""What happens to an order."""

from typing import TypeAlias

from domain.ordering.order.events.changes import ChangeEvent
from domain.ordering.order.events.life import LifeEvent
from domain.ordering.order.events.money import MoneyEvent

OrderEvent: TypeAlias = LifeEvent | ChangeEvent | MoneyEvent
