"""What to offer somebody of whom no play is known: what people like them play."""

import torch
from torch import Tensor, nn

from engine.model.towers import Sizes


class Newcomers(nn.Module):
    """Popularity by age, gender and country: log p(song) + Σ log p(song | attribute) / p(song), naive Bayes.

    Counted, not trained, and in few dimensions: the log ratios of all attributes' values, `(values, songs)`, are
    `[age; gender; country] @ songs.T` up to rounding.

    Attributes
    ----------
    age, gender, country
        `(values, rank)` each, row 0 for unknown, which says nothing.
    songs
        `(songs, rank)`.
    worth
        `(songs,)`, log popularity less the towers' bias: what to add to the bias for somebody without a history.
    """

    def __init__(self, sizes: Sizes, rank: int) -> None:
        super().__init__()
        values = {"age": sizes.ages, "gender": sizes.genders, "country": sizes.countries}
        self.age, self.gender, self.country = (
            nn.Parameter(torch.zeros(count + 1, rank), requires_grad=False) for count in values.values()
        )
        self.songs = nn.Parameter(torch.zeros(sizes.songs, rank), requires_grad=False)
        self.worth = nn.Parameter(torch.zeros(sizes.songs), requires_grad=False)

    def catalogue(self) -> Tensor:
        """Songs as users meet them, `(songs, rank + 1)`."""
        return torch.cat([self.songs, self.worth.unsqueeze(-1)], dim=1)

    def users(self, age: Tensor, gender: Tensor, country: Tensor) -> Tensor:
        """Users by their attributes, `(users, rank + 1)`, the last place 1."""
        told = self.age[age] + self.gender[gender] + self.country[country]
        return torch.cat([told, torch.ones_like(age, dtype=told.dtype).unsqueeze(-1)], dim=1)
