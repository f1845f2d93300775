# needs: perl
cat >count.pl <<'PERL'
use strict; use threads; use threads::shared; use Thread::Queue; use Digest::SHA qw(sha256_hex);
my ($queue, %total) = (Thread::Queue->new);
share(%total);
my @workers = map { threads->create(sub {
    while (defined(my $line = $queue->dequeue)) {
        my %seen; $seen{$_}++ for split ' ', $line;
        lock(%total); $total{$_} += $seen{$_} for keys %seen;
    } }) } 1 .. 3;
open my $in, '<', $ARGV[0] or die; my $n = 0;
while (<$in>) { last if ++$n > 3000; $queue->enqueue($_) }
$queue->end; $_->join for @workers;
print "$_ $total{$_}\n" for sort { $total{$b} <=> $total{$a} || $a cmp $b } keys %total;
print sha256_hex(join ',', map { sprintf '%.6f', sin $_ } 1 .. 20000), "\n";
PERL
$SEANCE perl count.pl "$INPUT/text"
