// A thread parks until a flag is there; the other one sets it and unparks.
// Racy: the value is written after the flag.
// seeded: finish,wait_for
mod unseen;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use unseen::Racy;

static DONE: AtomicBool = AtomicBool::new(false);
static VALUE: Racy<u64> = Racy(UnsafeCell::new(0));

#[inline(never)]
fn finish(sleeper: &thread::Thread) {
    if cfg!(not(racy)) {
        VALUE.set(3);
    }
    DONE.store(true, Ordering::Release);
    sleeper.unpark();
    if cfg!(racy) {
        VALUE.set(3);
    }
}

#[inline(never)]
fn wait_for() -> u64 {
    while !DONE.load(Ordering::Acquire) {
        thread::park();
    }
    VALUE.get()
}

fn main() {
    unseen::open();
    let sleeper = thread::spawn(|| {
        if cfg!(racy) {
            unseen::step();
            unseen::until(2);
        }
        assert_eq!(wait_for(), 3);
    });
    let handle = sleeper.thread().clone();
    thread::spawn(move || {
        if cfg!(racy) {
            unseen::until(1); // the sleeper's beginning touches the handle
        }
        finish(&handle);
        unseen::step();
    })
    .join()
    .unwrap();
    sleeper.join().unwrap();
}
