"""Documents that donors receive: attestations of payment."""
