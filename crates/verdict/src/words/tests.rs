use super::*;

#[test]
fn counts_have_separators() {
    for (count, text) in
        [(0, "0"), (999, "999"), (34_411, "34,411"), (1_000_007, "1,000,007"), (u64::MAX, "18,446,744,073,709,551,615")]
    {
        assert_eq!(Thousands(count).to_string(), text);
    }
}

#[test]
fn bounds_are_rounded_outwards() {
    assert_eq!(Percent::up(0.000_099_997).to_string(), "0.01 %");
    assert_eq!(Percent::up(0.000_1).to_string(), "0.01 %");
    assert_eq!(Percent::up(0.000_100_3).to_string(), "0.011 %");
    assert_eq!(Percent::down(0.000_109).to_string(), "0.01 %");
    assert_eq!(Percent::nearest(0.414_4).to_string(), "41.4 %");
    assert_eq!(Percent::up(0.000_002_999).to_string(), "0.0003 %");
    assert_eq!(Percent::up(0.000_000_299_9).to_string(), "0.00003 %");
    assert_eq!(Percent::up(1.0).to_string(), "100 %");
    assert_eq!(Percent::up(0.0).to_string(), "0 %");
}
