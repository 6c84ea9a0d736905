import torch

from engine.model.dense import BatchNorm, dense_layers


def test_none_is_the_identity_and_some_give_back_the_length() -> None:
    rows = torch.randn(5, 8)
    assert torch.equal(dense_layers(8, (), batch_norm=True)(rows), rows)
    assert dense_layers(8, (12, 3), batch_norm=True)(rows).shape == (5, 8)


def test_a_layer_is_what_a_reader_can_compute() -> None:
    layers = dense_layers(2, (2,), batch_norm=False)
    with torch.no_grad():
        layers[0].weight.copy_(torch.tensor([[1.0, -1.0], [2.0, 0.0]]))
        layers[0].bias.copy_(torch.tensor([0.5, -10.0]))
        layers[2].weight.copy_(torch.tensor([[3.0, 1.0], [0.0, 1.0]]))
        layers[2].bias.copy_(torch.tensor([0.0, 7.0]))
    # max(0, 4 - 1 + .5) = 3.5 and max(0, 8 - 10) = 0
    assert layers(torch.tensor([[4.0, 1.0]])).tolist() == [[3 * 3.5, 7.0]]


def test_in_evaluation_a_row_does_not_depend_on_the_others() -> None:
    torch.manual_seed(0)
    layers = dense_layers(4, (6,), batch_norm=True)
    rows = torch.randn(32, 4) * 3 + 1
    for _ in range(5):
        layers(rows)
    assert not torch.allclose(layers(rows)[:1], layers(rows[:2])[:1])  # in training it does
    layers.eval()
    torch.testing.assert_close(layers(rows)[:1], layers(rows[:1]))


def test_a_batch_of_one_is_normalised_by_what_was_seen_so_far() -> None:
    norm = BatchNorm(3)
    norm(torch.randn(64, 3) * 2 + 5)
    seen = norm.running_mean.clone()
    row = torch.randn(1, 3)
    training = norm(row)
    assert torch.equal(norm.running_mean, seen)
    torch.testing.assert_close(training, norm.eval()(row))
