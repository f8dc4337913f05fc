"""The true network with random weights: its size, its parts' names, what it takes and gives. What it draws
with real weights was never seen here.
"""

import pytest
import torch

from persona.clone.wav2lip.network import SIZE, Wav2Lip256, load_network
from products.errors import SetupError


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Wav2Lip256().eval()


def test_its_size_is_the_published_one(network):
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(53.6e6, rel=2e-3)


def test_its_parts_are_called_as_in_checkpoints(network):
    state = network.state_dict()
    for name, shape in {
        "face_encoder_blocks.0.0.conv_block.0.weight": (16, 6, 7, 7),
        "face_encoder_blocks.7.1.conv_block.1.running_mean": (512,),
        "audio_encoder.12.conv_block.0.weight": (512, 512, 1, 1),
        "face_decoder_blocks.1.0.conv_block.0.weight": (1024, 512, 4, 4),
        "face_decoder_blocks.7.2.conv_block.0.bias": (64,),
        "output_block.0.conv_block.0.weight": (32, 80, 3, 3),
        "output_block.1.weight": (3, 32, 1, 1),
    }.items():
        assert tuple(state[name].shape) == shape, name


def test_a_face_and_a_sound_give_a_face(network):
    with torch.inference_mode():
        out = network(torch.zeros(1, 1, 80, 16), torch.rand(1, 6, SIZE, SIZE))
    assert tuple(out.shape) == (1, 3, SIZE, SIZE) and 0 <= float(out.min()) and float(out.max()) <= 1


def test_a_checkpoint_is_loaded_and_others_are_told(network, tmp_path):
    path = tmp_path / "wav2lip256.pth"
    torch.save({"state_dict": {f"module.{k}": v for k, v in network.state_dict().items()}}, path)
    loaded = load_network(path, "cpu")
    assert all(torch.equal(a, b) for a, b in zip(loaded.parameters(), network.parameters(), strict=True))
    torch.save({"state_dict": {"other": torch.zeros(1)}}, path)
    with pytest.raises(SetupError, match="another network"):
        load_network(path, "cpu")
    path.write_bytes(b"no checkpoint")
    with pytest.raises(SetupError, match="no checkpoint that can be read"):
        load_network(path, "cpu")
    with pytest.raises(SetupError, match="are missing"):
        load_network(tmp_path / "nothing.pth", "cpu")
