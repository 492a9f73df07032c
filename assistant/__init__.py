"""What happens to one question: read, screen, retrieve, draft, verify, guard, reply. `pipeline.py` is the table of contents."""
