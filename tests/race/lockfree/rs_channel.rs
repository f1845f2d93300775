// A bounded channel as crossbeam has it: a stamp beside each slot.
// Racy: the slot is written after its stamp.
// seeded: send_one,receive_one
mod unseen;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use unseen::Racy;

const SLOTS: usize = 16;

struct Slot {
    stamp: AtomicUsize,
    message: Racy<u64>,
}

struct Channel {
    slots: Vec<Slot>,
    head: AtomicUsize,
    tail: AtomicUsize,
}

#[inline(never)]
fn send_one(c: &Channel, message: u64) {
    let mut tail = c.tail.load(Ordering::Relaxed);
    loop {
        let slot = &c.slots[tail % SLOTS];
        if slot.stamp.load(Ordering::Acquire) == tail {
            match c.tail.compare_exchange_weak(tail, tail + 1, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => {
                    if cfg!(not(racy)) {
                        slot.message.set(message);
                    }
                    slot.stamp.store(tail + 1, Ordering::Release);
                    if cfg!(racy) {
                        slot.message.set(message);
                    }
                    return;
                }
                Err(now) => tail = now,
            }
        } else {
            std::hint::spin_loop();
            tail = c.tail.load(Ordering::Relaxed);
        }
    }
}

#[inline(never)]
fn receive_one(c: &Channel) -> u64 {
    let mut head = c.head.load(Ordering::Relaxed);
    loop {
        let slot = &c.slots[head % SLOTS];
        if slot.stamp.load(Ordering::Acquire) == head + 1 {
            match c.head.compare_exchange_weak(head, head + 1, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => {
                    let message = slot.message.get();
                    slot.stamp.store(head + SLOTS, Ordering::Release);
                    return message;
                }
                Err(now) => head = now,
            }
        } else {
            std::hint::spin_loop();
            head = c.head.load(Ordering::Relaxed);
        }
    }
}

fn main() {
    let c = Channel {
        slots: (0..SLOTS).map(|i| Slot { stamp: AtomicUsize::new(i), message: Racy(UnsafeCell::new(0)) }).collect(),
        head: AtomicUsize::new(0),
        tail: AtomicUsize::new(0),
    };
    unseen::open();
    std::thread::scope(|s| {
        s.spawn(|| {
            for i in 0..500 {
                send_one(&c, i);
                if i == 5 {
                    unseen::step();
                }
            }
        });
        s.spawn(|| {
            unseen::until(1);
            let sum: u64 = (0..500).map(|_| receive_one(&c)).sum();
            assert!(unseen::opaque(sum) == 500 * 499 / 2 || cfg!(racy));
        });
    });
}
