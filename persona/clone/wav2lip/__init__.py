"""Wav2Lip at 256 pixels (Prajwal et al., "A Lip Sync Expert Is All You Need", 2020), weights one's own."""
