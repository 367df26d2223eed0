"""A shelf: how many units of one product there are, and how many of them are set aside for orders.

available + reserved = on hand, and none of them is ever negative. A shelf's id is that of its product.

The shelf counts; which order holds what is told by the order's reservation, which is saved together with the shelves
that it changes. So a shelf that thousands of orders want stays as quick as one that nobody wants.

Refusals
├── ShelfNotFound         nothing was ever counted of this product
├── NotEnoughStock        fewer are available than were asked for
├── TooMuchStock          more than a shelf can count
├── TooManyReservations   the buyer has as many open reservations of this product as are allowed
├── NotReserved           less is set aside than is to be shipped or released
├── InvalidThresholds     the highest stock is not above that at which to order more
└── InvalidUnits          see `values`
"""
