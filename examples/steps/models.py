"""The models of the app; it has none."""

print("models")
