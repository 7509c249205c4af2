// No orphaned brokers: ties the life of a process to ours, even when ours is killed.
import { spawn } from "node:child_process";
import { Socket } from "node:net";

/**
 * Kills `pid` and removes `scratch` (null: nothing) as soon as this process is gone, however it went: a shell of its own
 * session waits for the end of a pipe that only we hold. Call the result when the process has ended by itself.
 */
export function leash(pid: number, scratch: string | null): () => void {
  const script = 'read -r _; kill -9 "$0" && sleep 0.5; if [ -n "$1" ]; then rm -rf "$1"; fi';
  const watcher = spawn("sh", ["-c", script, String(pid), scratch ?? ""], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  watcher.unref();
  if (watcher.stdin instanceof Socket) watcher.stdin.unref();
  return () => {
    watcher.kill("SIGKILL");
    watcher.stdin.destroy();
  };
}
