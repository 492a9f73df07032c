"""What the guidelines say: registered sources, passages in our own words, agreements, conflicts and the lexicon.

Data lives in YAML beside this file; the code here only loads and validates it. Finding a passage is `index`'s job,
answering from it is `assistant`'s.
"""
