"""No settings: name a module of this package."""
