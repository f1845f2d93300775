// A sequence lock around two relaxed atomics.
// Racy: around two plain words.
// seeded: update,read_pair
mod unseen;
use std::sync::atomic::{fence, AtomicU32, Ordering};

#[cfg(not(racy))]
mod word {
    use std::sync::atomic::{AtomicU64, Ordering};
    pub struct Word(AtomicU64);
    impl Word {
        pub const fn new() -> Word {
            Word(AtomicU64::new(0))
        }
        pub fn get(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
        pub fn set(&self, v: u64) {
            self.0.store(v, Ordering::Relaxed)
        }
    }
}
#[cfg(racy)]
mod word {
    pub struct Word(crate::unseen::Racy<u64>);
    impl Word {
        pub const fn new() -> Word {
            Word(crate::unseen::Racy(std::cell::UnsafeCell::new(0)))
        }
        pub fn get(&self) -> u64 {
            self.0.get()
        }
        pub fn set(&self, v: u64) {
            self.0.set(v)
        }
    }
}

static SEQUENCE: AtomicU32 = AtomicU32::new(0);
static WORDS: [word::Word; 2] = [word::Word::new(), word::Word::new()];

#[inline(never)]
fn update(v: u64) {
    let now = SEQUENCE.load(Ordering::Relaxed);
    SEQUENCE.store(now + 1, Ordering::Relaxed);
    fence(Ordering::Release);
    WORDS[0].set(v);
    WORDS[1].set(v);
    SEQUENCE.store(now + 2, Ordering::Release);
}

#[inline(never)]
fn read_pair() -> u64 {
    loop {
        let before = SEQUENCE.load(Ordering::Acquire);
        let a = WORDS[0].get();
        let b = WORDS[1].get();
        fence(Ordering::Acquire);
        if before & 1 == 0 && SEQUENCE.load(Ordering::Relaxed) == before {
            return a.wrapping_sub(b);
        }
    }
}

fn main() {
    unseen::open();
    std::thread::scope(|s| {
        s.spawn(|| {
            for i in 1..1000 {
                update(i);
                if i == 10 {
                    unseen::step();
                    unseen::until(2);
                }
            }
        });
        s.spawn(|| {
            unseen::until(1);
            for i in 0..1000 {
                assert_eq!(read_pair(), 0);
                if i == 10 {
                    unseen::step();
                }
            }
        });
    });
}
