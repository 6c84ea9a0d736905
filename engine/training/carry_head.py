"""Bring a fitted prediction layer to towers that were trained anew on all plays.

They leave no play to fit a head on or to calibrate it by. But two trainings of the same towers differ, beyond what
more plays taught, by a rotation that no score can see and by scale. The rotation is found from the songs that both
know, the scale from the same unplayed pairs under both; then heads and calibration hold as they are.
"""

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from engine.data.prepared import Prepared
from engine.data.split import TRAIN
from engine.training.head import LEAST_PLAYED, FittedHead, measure
from engine.training.loop import Trained
from engine.training.pairs import PairReader, played_keys

LEAST_ALIGNMENT = 0.5  # mean cosine; below it vectors mean something else, and only heads without them are kept


def carry_head(
    head: FittedHead, prepared: Prepared, trained: Trained, whole: Prepared, refitted: Trained
) -> FittedHead:
    """Give the layer as it reads `refitted`, trained on `whole`, having been fitted beside `trained` on `prepared`."""
    listeners = np.bincount(prepared.part(TRAIN)["song_index"], minlength=len(prepared.songs))
    with torch.no_grad():
        before, after = (t.model.item_vectors(t.songs).cpu()[:, : t.model.taste_dim] for t in (trained, refitted))
    rotation, alignment = align(after, before, torch.from_numpy(listeners))
    reader = PairReader.of(whole, refitted)
    layer = copy.deepcopy(head.layer)
    unplayed = head.unplayed
    keys = played_keys(unplayed.users, whole.plays, len(whole.songs))
    still = ~np.isin(unplayed.users * len(whole.songs) + unplayed.songs, keys)
    if still.sum() >= LEAST_PLAYED:  # if not, everyone has played nearly everything
        unplayed = unplayed.where(still)
    layer.inputs.rotation.copy_(rotation)
    measure(layer.inputs, reader.read(unplayed), dropped=head.layer.inputs.inverse_deviation == 0)
    if alignment < LEAST_ALIGNMENT:
        for name in ("play", "plays"):
            setattr(layer, name, nn.ModuleList(h for h in getattr(layer, name) if not h.vectors))
        layer.slope.fill_(head.without_vectors[0])
        layer.intercept.fill_(head.without_vectors[1])
    return replace(head, layer=layer.eval(), facts=reader.facts, alignment=alignment)


def align(vectors: Tensor, onto: Tensor, listeners: Tensor) -> tuple[Tensor, float]:
    """Find the rotation that brings vectors nearest to others (orthogonal Procrustes; Schönemann, 1966).

    Parameters
    ----------
    vectors, onto
        `(songs, dim)`.
    listeners
        `(songs,)`; a song counts by the root of its listeners, and not at all without any.

    Returns
    -------
    rotation
        `(dim, dim)`, orthogonal: `vectors @ rotation` lies by `onto`.
    alignment
        Mean cosine between the two then, weighed in the same way, both seen from their means: that all songs lie on
        the same side of the origin is true of any towers.
    """
    weight = listeners.double().sqrt()
    weight = weight / weight.sum().clamp(min=1e-9)
    vectors, onto = vectors.double(), onto.double()
    u, _, v = torch.linalg.svd((vectors * weight[:, None]).T @ onto)
    rotation = u @ v
    turned = vectors @ rotation
    cosine = torch.cosine_similarity(turned - weight @ turned, onto - weight @ onto, dim=1)
    return rotation.float(), float(cosine @ weight)
