# One psql that stays: statements go in, what they print and the SQLSTATE they end with come back.
package Session;
use strict;
use warnings;
use IPC::Open2;

# A statement that takes longer has hung: the server's own limit comes first.
my $patience = 150;

sub new {
  my ($class, $database, @settings) = @_;
  my $self = bless {count => 0}, $class;
  local $ENV{PGAPPNAME} = 'generator';
  $self->{pid} = open2($self->{out}, $self->{in}, 'sh', '-c', 'exec psql -X -q -A -t -d "$0" 2>&1', $database);
  $self->run($_) for '\set VERBOSITY verbose', "SET client_min_messages = error", "SET statement_timeout = '60s'",
    "SET lock_timeout = '20s'", @settings;
  return $self;
}

# What it printed, and its SQLSTATE ('00000' is success, 'crash' that the session is gone).
sub run {
  my ($self, $sql) = @_;
  my $mark = '@@' . ++$self->{count};
  my ($printed, $state) = ('', 'crash');
  local $SIG{PIPE} = 'IGNORE';
  my $in = $self->{in};
  print $in $sql, ($sql =~ /^\\|;\s*$/ ? '' : ';'), "\n\\echo $mark :SQLSTATE\n";
  $in->flush;
  local $SIG{ALRM} = sub { die "no answer in $patience s to: $sql\n" };
  alarm $patience;
  my $out = $self->{out};
  while (my $line = <$out>) {
    if ($line =~ /^\Q$mark\E (\S+)/) { $state = $1; last }
    $printed .= $line;
  }
  alarm 0;
  chomp $printed;
  return ($printed, $state);
}

# The value of a query that has to work.
sub value {
  my ($self, $sql) = @_;
  my ($printed, $state) = $self->run($sql);
  die "$printed\nin: " . substr($sql, 0, 200) . "\n" unless $state eq '00000';
  return $printed;
}

sub close {
  my ($self) = @_;
  close $self->{in};
  close $self->{out};
  waitpid $self->{pid}, 0;
}

1;
