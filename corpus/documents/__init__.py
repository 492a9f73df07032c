"""Reads a clinic's own documents: PDF, DOCX, HTML, Markdown and plain text into blocks, and blocks into passages.

`read_document` (in `child.py`) is the one door: it runs the readers in a process of its own. Where documents are kept and
how they reach the index is left to `assistant/library.py`.
"""
