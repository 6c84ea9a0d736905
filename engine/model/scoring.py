"""Score every user with every song by a prediction head, in a fraction of the time of one pair after another."""

import torch
from torch import Tensor, nn

from engine.model.heads import PredictionHead

MOST_HIDDEN = 16_000_000  # values of a hidden layer in memory at a time: 64 MB


class AllPairs(nn.Module):
    """A prediction head on all pairs of some users and some songs, `(users, songs)`.

    The first layer is linear in [user, item, user∘item]: what it makes of users and of songs is worked out once each,
    and the product's share is one matrix product a user.
    """

    def __init__(self, head: PredictionHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """Score `(users, dim + 1)` with `(songs, dim + 1)`."""
        first, *rest = self.head.dense
        assert isinstance(first, nn.Linear)
        width = users.shape[1]
        of_user, of_item = first.weight[:, :width], first.weight[:, width : 2 * width]
        of_both = first.weight[:, 2 * width :]
        both = users.unsqueeze(1) * of_both  # (users, hidden, dim + 1)
        hidden = torch.matmul(items, both.transpose(1, 2)) + (users @ of_user.T).unsqueeze(1)
        hidden = hidden + (items @ of_item.T + first.bias)
        # Flat, since batch normalisation takes the second place of three for its channels.
        scores = nn.Sequential(*rest)(hidden.flatten(0, 1)).reshape(hidden.shape[0], hidden.shape[1])
        return scores if self.head.scale is None else scores + self.head.scale * (users @ items.T)

    def blockwise(self, users: Tensor, items: Tensor) -> Tensor:
        """Score as `forward`, in blocks that fit the memory; not while training, for batch normalisation's sake."""
        widest = max(layer.out_features for layer in self.head.dense if isinstance(layer, nn.Linear))
        songs = max(min(len(items), MOST_HIDDEN // widest), 1)
        block = max(MOST_HIDDEN // (widest * songs), 1)
        rows = [
            torch.cat([self(part, of_items) for of_items in items.split(songs)], dim=1) for part in users.split(block)
        ]
        return torch.cat(rows) if rows else users.new_zeros(0, len(items))
