"""How a passage is found: chunk, embed, build, search (dense and lexical, fused). Leaves answering to `assistant`."""
