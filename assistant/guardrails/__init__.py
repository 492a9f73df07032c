"""Deterministic guardrails: the red-flag screen over the whole conversation and the pitfall checks over question, plan and draft."""
