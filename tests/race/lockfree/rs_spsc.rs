// A ring of one producer and one consumer.
// Racy: the producer moves on before it has written.
// seeded: put,get
mod unseen;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use unseen::Racy;

const SLOTS: usize = 8;
const ITEMS: u64 = 1000;

struct Ring {
    slots: [Racy<u64>; SLOTS],
    head: AtomicUsize,
    tail: AtomicUsize,
}

#[inline(never)]
fn put(ring: &Ring, item: u64) -> bool {
    let tail = ring.tail.load(Ordering::Relaxed);
    if tail - ring.head.load(Ordering::Acquire) == SLOTS {
        return false;
    }
    if cfg!(not(racy)) {
        ring.slots[tail % SLOTS].set(item);
    }
    ring.tail.store(tail + 1, Ordering::Release);
    if cfg!(racy) {
        unsafe { ring.slots[tail % SLOTS].0.get().write_volatile(item) };
    }
    true
}

#[inline(never)]
fn get(ring: &Ring) -> Option<u64> {
    let head = ring.head.load(Ordering::Relaxed);
    if head == ring.tail.load(Ordering::Acquire) {
        return None;
    }
    let item = ring.slots[head % SLOTS].get();
    ring.head.store(head + 1, Ordering::Release);
    Some(item)
}

fn main() {
    let ring = Ring {
        slots: std::array::from_fn(|_| Racy(UnsafeCell::new(0))),
        head: AtomicUsize::new(0),
        tail: AtomicUsize::new(0),
    };
    std::thread::scope(|s| {
        s.spawn(|| {
            for i in 0..ITEMS {
                while !put(&ring, i) {
                    std::hint::spin_loop();
                }
            }
        });
        s.spawn(|| {
            let mut sum = 0;
            for _ in 0..ITEMS {
                sum += loop {
                    if let Some(item) = get(&ring) {
                        break item;
                    }
                    std::hint::spin_loop();
                };
            }
            assert!(unseen::opaque(sum) == ITEMS * (ITEMS - 1) / 2 || cfg!(racy));
        });
    });
}
