"""What can be done with the stock. Each command is the JSON body of its request; what it is about stands beside it.

await adjust_stock(AdjustStock(-2, AdjustmentReason.DAMAGED), call, product_id, store=store)
"""

from application.inventory.reacting import OrderNews, reserve_stock
from application.inventory.reservations import ExpireReservation, ReservationReceipt, expire_reservation
from application.inventory.shelves import (
    AdjustStock,
    AssignCategory,
    AssignSupplier,
    OpenShelf,
    OpenShelves,
    Received,
    ReceiveStock,
    RemoveStock,
    SetThresholds,
    ShelvesOpened,
    StockCount,
    StockReceipt,
    StockRemoved,
    StockTakenIn,
    adjust_stock,
    assign_category,
    assign_supplier,
    open_shelves,
    receive_stock,
    remove_stock,
    set_thresholds,
)
from application.inventory.suppliers import (
    AddStockCategory,
    AddSupplier,
    CallOffDelivery,
    DeliveryTaken,
    DescribeSupplier,
    PromiseDelivery,
    ReceiveDelivery,
    RenameStockCategory,
    StockRef,
    WithdrawStockCategory,
    WithdrawSupplier,
    add_category,
    add_supplier,
    call_off_delivery,
    describe_supplier,
    promise_delivery,
    receive_delivery,
    rename_category,
    withdraw_category,
    withdraw_supplier,
)
