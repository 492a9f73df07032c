"""How a clinician sees it: the Gradio app and the pure renderers. Leaves every decision to `assistant`."""
