// The turnstile of unseen.h for Rust: a file offset, moved and read by system calls that no detector sees.
use std::arch::asm;

static mut FILE: i64 = -1;

unsafe fn call(number: i64, a: i64, b: i64, c: i64) -> i64 {
    let result;
    asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c,
         out("rcx") _, out("r11") _);
    result
}

/// Before the first thread is made; begins at 0 again.
pub fn open() {
    unsafe {
        if FILE < 0 {
            FILE = call(319, b"unseen\0".as_ptr() as i64, 0, 0);
        }
        call(8, FILE, 0, 0);
    }
}

/// Moves the turnstile on by one.
#[allow(dead_code)]
pub fn step() {
    unsafe { call(8, FILE, 1, 1) };
}

/// Waits until it was moved so many times in all.
#[allow(dead_code)]
pub fn until(steps: i64) {
    while unsafe { call(8, FILE, 0, 1) } < steps {
        let time = [0i64, 100_000];
        unsafe { call(35, time.as_ptr() as i64, 0, 0) };
    }
}

/// The same value, of which the compiler knows nothing any more.
#[allow(dead_code)]
#[inline(never)]
pub fn opaque<T: Copy>(value: T) -> T {
    unsafe { std::ptr::read_volatile(&value) }
}

/// What Rust forbids to share, shared. Volatile: each access is made, where it is written, at every level.
#[allow(dead_code)]
pub struct Racy<T>(pub std::cell::UnsafeCell<T>);
unsafe impl<T> Sync for Racy<T> {}
unsafe impl<T> Send for Racy<T> {}

#[allow(dead_code)]
impl<T: Copy> Racy<T> {
    #[inline(always)]
    pub fn set(&self, value: T) {
        unsafe { self.0.get().write_volatile(value) }
    }
    #[inline(always)]
    pub fn get(&self) -> T {
        unsafe { self.0.get().read_volatile() }
    }
}

/// One thread hands something over, the other one takes it, in this order. The first one's end would order what it did before
/// a thread that is made later: the second one is there before.
#[allow(dead_code)]
pub fn hand_over(hand: impl FnOnce() + Send, take: impl FnOnce() + Send) {
    open();
    std::thread::scope(|s| {
        s.spawn(|| {
            until(1);
            hand();
            step();
        });
        s.spawn(|| {
            step();
            until(2);
            take();
        });
    });
}
