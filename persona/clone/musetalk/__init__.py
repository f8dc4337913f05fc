"""MuseTalk 1.5 (Zhang et al., 2024, https://github.com/TMElyralab/MuseTalk) with a user's own weights."""
