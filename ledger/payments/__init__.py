"""What the payment provider did: checkouts, charges, balance transactions, the inbox."""
