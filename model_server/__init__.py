"""The model side: prepares, trains, exports and serves the custom model that the gateway guards."""
