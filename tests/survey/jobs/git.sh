# needs: git
export GIT_AUTHOR_DATE='2001-02-03T04:05:06Z' GIT_COMMITTER_DATE='2001-02-03T04:05:06Z' GIT_CONFIG_NOSYSTEM=1
git config --global user.name n; git config --global user.email e@example.org; git config --global pack.threads 2
$SEANCE git init -q -b main one && cd one
split -n l/60 "$INPUT/text" part.
for turn in 1 2 3 4 5 6; do
    for part in part.a*; do echo "$turn" >>"$part"; done
    $SEANCE git add . && $SEANCE git commit -q -m "turn $turn"
done
$SEANCE git gc -q --aggressive && $SEANCE git fsck --strict && cd ..
$SEANCE git clone -q "file://$PWD/one" two && cd two
$SEANCE git log --stat | sha256sum
$SEANCE git rev-parse HEAD HEAD^^^; $SEANCE git grep -c -e "[ae] [st]" -- part.aa part.ab
$SEANCE git fsck && $SEANCE git status --short && $SEANCE git rebase -q --force-rebase HEAD~2 && git rev-parse HEAD
