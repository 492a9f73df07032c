"""How good it is: evaluation sets (data), benchmarks and runs. Measures; asserts nothing."""
