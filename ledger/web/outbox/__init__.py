"""The demo's mails, on a page instead of on their way."""
