"""The models: a masked-LM encoder and XLM-T, both plain transformers folders of safetensors."""
