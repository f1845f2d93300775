# needs: ffmpeg ffprobe
video="-f lavfi -i testsrc2=size=240x136:rate=25:duration=1"
exact="-fflags +bitexact -flags +bitexact -threads 2 -filter_threads 2"
$SEANCE ffmpeg -v error $video $exact -c:v mpeg4 a.mkv && sha256sum <a.mkv
$SEANCE ffmpeg -v error $video $exact -c:v libx264 -preset fast b.mkv && sha256sum <b.mkv
$SEANCE ffmpeg -v error -threads 2 -i b.mkv -vf scale=120:68,hqdn3d -f framemd5 -
$SEANCE ffmpeg -v error -f lavfi -i sine=frequency=440:duration=3 $exact -c:a aac c.m4a && sha256sum <c.m4a
$SEANCE ffprobe -v error -show_streams a.mkv
