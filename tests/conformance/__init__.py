"""The official clients, directly and through a gateway: every method, every parameter, the same results."""
