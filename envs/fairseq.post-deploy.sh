#!/usr/bin/env bash
set -euo pipefail
pip install --no-deps fairseq==0.12.2
