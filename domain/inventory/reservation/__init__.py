"""What an order holds of the stock: first for a while, then for good, until it is shipped or cancelled.

Its stream is derived from the order's id, so that nobody chooses it. A part is what was asked for at once: the order
as it was placed, whose part has the order's id, or an amendment, by its own.

    reserved ──→ allocated ──→ shipped
       │ └→ expired ─┘ (taken anew, if there still is as much)
       └→ released, as from expired and allocated
    rejected, at once or when it cannot be taken anew

A step that was taken before, or that comes too late, decides nothing: whoever asks waits for an answer, which is an
event, and not for a refusal. What a decision does to the shelves is told by `effects`, and saved in the same append.

Refusals
└── ReservationNotFound   no stock was ever asked for by this order
"""
