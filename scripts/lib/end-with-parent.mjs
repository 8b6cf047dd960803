// Loaded into every long-running child with --import: when the process that started it is gone, however it went, the
// channel closes, and the child ends as if it had been asked to.
if (process.channel) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
