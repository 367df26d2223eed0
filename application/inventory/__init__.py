"""What can be done with the stock. Each command is the JSON body of its request; what it is about stands beside it."""
