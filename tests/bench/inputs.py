"""Inputs of the programs: made here, the same bytes every time, kept between runs."""

import random


def write_once(path, make):
    """`make(stream)` fills the file, unless an earlier run did."""
    if path.exists():
        return path
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        make(out)
    part.rename(path)
    return path


def text(out, size):
    """Text of repeating words with binary stretches between, `size` bytes or a little more."""
    chance = random.Random(3)
    words = [bytes(chance.choices(b"etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(800)]
    while out.tell() < size:
        out.write(b" ".join(chance.choices(words, k=6000)))
        out.write(chance.randbytes(8000))


def smooth_plane(chance, width, height):
    """Brightness in blocks of 8 with some noise: neither flat nor hopeless for a video encoder."""
    rows = []
    for y in range(height):
        if y % 8 == 0:
            steps = [chance.randrange(30, 220) for _ in range(width // 8)]
        noise = chance.randbytes(width)
        rows.append(bytes(steps[x // 8] + (noise[x] & 7) for x in range(width)))
    return rows


def video(out, width, height, frames):
    """Planar 4:2:0: a window that wanders over a larger picture."""
    chance = random.Random(5)
    picture = smooth_plane(chance, 2 * width, 2 * height)
    for frame in range(frames):
        x, y = frame * 5 % width, frame * 3 % height
        out.write(b"".join(row[x:x + width] for row in picture[y:y + height]))
        grey = bytes([100 + frame % 50]) * (width // 2 * height // 2)
        out.write(grey + grey)
