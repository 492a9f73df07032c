"""What others would build, to be measured beside Lumbar. Nothing else imports this."""
