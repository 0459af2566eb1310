// Nothing here was looked at while the grouping was made.
fn mark(level: &str) {
    eprint!("\x1e{level}\x1f");
}

fn degrees(raw: &str, depth: u8) -> f64 {
    if depth < 3 { degrees(raw, depth + 1) } else { raw.parse().unwrap() }
}

fn main() {
    mark("I");
    eprintln!("weather server on stdio");
    match std::env::args().nth(1).unwrap().as_str() {
        "parse" => {
            mark("E");
            println!("{}", degrees("hot", 0));
        }
        "utf8" => {
            mark("E");
            println!("{}", String::from_utf8(vec![0xff, 0xfe]).expect("sensor sends text"));
        }
        "unreachable" => {
            mark("E");
            unreachable!("season {}", 5);
        }
        _ => {
            let _ = std::thread::spawn(|| {
                mark("E");
                degrees("cold", 0)
            })
            .join();
        }
    }
    mark("I");
    eprintln!("done");
}
