"""The Stripe stand-in: a stateful process of its own that speaks Stripe's wire format, for demo and tests."""
