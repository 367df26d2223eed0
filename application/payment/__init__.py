"""What can be done with payments and wallets, and how a gateway is worked."""
