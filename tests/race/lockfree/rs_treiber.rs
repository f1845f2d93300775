// A stack whose top is exchanged; the consumer takes all at once.
// Racy: a value is written after its node was pushed.
// seeded: push,drain
mod unseen;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

struct Node {
    next: *mut Node,
    value: u64,
}

static TOP: AtomicPtr<Node> = AtomicPtr::new(null_mut());

#[inline(never)]
fn push(value: u64) {
    let node = Box::into_raw(Box::new(Node { next: null_mut(), value }));
    let mut top = TOP.load(Ordering::Relaxed);
    loop {
        unsafe { (*node).next = top };
        match TOP.compare_exchange_weak(top, node, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => break,
            Err(now) => top = now,
        }
    }
    if cfg!(racy) {
        unsafe { (*node).value = value + 1 };
    }
}

#[inline(never)]
fn drain(sum: &mut u64) -> u64 {
    let mut node = TOP.swap(null_mut(), Ordering::Acquire);
    let mut n = 0;
    while !node.is_null() {
        unsafe {
            *sum += (*node).value;
            let next = (*node).next;
            if cfg!(not(racy)) {
                drop(Box::from_raw(node));
            }
            node = next;
        }
        n += 1;
    }
    n
}

fn main() {
    unseen::open();
    std::thread::scope(|s| {
        s.spawn(|| {
            unseen::until(1);
            (0..500).for_each(push);
        });
        s.spawn(|| {
            unseen::step();
            let (mut n, mut sum) = (0, 0);
            while n < 500 {
                n += drain(&mut sum);
            }
            assert!(unseen::opaque(sum) == 500 * 499 / 2 || cfg!(racy));
        });
    });
}
