"""The outside world behind the ports: Stripe, mail, PDF, files."""
