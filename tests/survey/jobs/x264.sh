# needs: x264 ffmpeg
ffmpeg -v error -f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -pix_fmt yuv420p in.y4m
$SEANCE x264 --quiet --threads 2 --preset fast -o out.264 in.y4m
sha256sum <out.264
