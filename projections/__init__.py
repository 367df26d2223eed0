"""What can be seen: read models as pure folds over facts, and the queries that read them."""
