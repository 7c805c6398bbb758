# Sockets, files, processes, timers, threads and signals, by MoarVM's loop.
my $listener = IO::Socket::Async.listen('127.0.0.1', 0);
my $tap = $listener.tap(-> $conn {
    $conn.Supply.tap(-> $text { $conn.print($text.uc).then({ $conn.close }) });
});
my $port = await $tap.socket-port;
my @answers = await (1..8).map(-> $n {
    start {
        my $conn = await IO::Socket::Async.connect('127.0.0.1', $port);
        await $conn.print("hello $n.");
        $conn.Supply.list.join;
    }
});
say @answers.sort.join(', ');
$tap.close;

my $udp = IO::Socket::Async.bind-udp('127.0.0.1', 0);
say $udp.defined;

'file'.IO.spurt("one\ntwo\n");
say 'file'.IO.lines.elems, ' ', 'file'.IO.s, ' ', dir('.').map(*.basename).sort.join(' ');
mkdir 'sub'; rename 'file', 'sub/file'; say 'sub/file'.IO.e, ' ', 'file'.IO.e;
unlink 'sub/file'; rmdir 'sub'; say 'sub'.IO.e;

my $proc = Proc::Async.new('sh', '-c', 'read line; echo "out $line"; echo err >&2; exit 3', :w);
my ($out, $err) = '', '';
$proc.stdout.tap({ $out ~= $_ });
$proc.stderr.tap({ $err ~= $_ });
my $done = $proc.start;
await $proc.say('in');
$proc.close-stdin;
my $result = await $done;
say "{$out.trim} {$err.trim} {$result.exitcode}";

say (run 'echo', 'run', :out).out.slurp(:close).trim;

my $count = 0;
react { whenever Supply.interval(0.01) { done if ++$count == 5 } }
say "ticks $count";
await Promise.anyof(Promise.in(30), start { sleep 0.01 });
react {
    whenever signal(SIGUSR1) { say 'signal'; done }
    whenever Promise.in(0.05) { run 'kill', '-USR1', $*PID }
}
say (1..200).race(batch => 10).map(* ** 2).sum;
