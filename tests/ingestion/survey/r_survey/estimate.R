# What R's package survey says of respondents.csv: Rscript estimate.R > expected.csv
# Debian: r-base-core, r-cran-survey. The file was made with survey 4.1-1.
suppressMessages(library(survey))
options(survey.lonely.psu = "adjust", digits = 15)
d <- read.csv("respondents.csv", colClasses = "character")
d$weight <- as.numeric(d$weight)
design <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~weight, data = d, nest = TRUE)
say <- function(measure, unit, breakdown, category, share, se, low, high, mean, mean_se)
  cat(paste(c(measure, unit, breakdown, category, format(c(share, se, low, high, mean, mean_se), digits = 12)),
            collapse = ","), "\n", sep = "")
cat("measure_code,unit_code,breakdown,category,share,standard_error,ci_low,ci_high,mean,mean_standard_error\n")
one <- function(question, unit, breakdown, category, keep) {
  part <- subset(design, keep & d[[question]] != "")
  part <- update(part, y = as.numeric(part$variables[[question]] %in% c("4", "5")),
                 points = as.numeric(part$variables[[question]]))
  m <- svymean(~points, part)
  s <- svymean(~y, part)
  if (coef(s) == 1) ci <- c(NA, NA)
  else ci <- attr(svyciprop(~y, part, method = "logit", df = degf(part)), "ci")
  say(question, unit, breakdown, category, coef(s), SE(s), ci[1], ci[2], coef(m), SE(m))
}
pooled <- function(unit, breakdown, category, keep) {
  hit <- rowSums(sapply(c("q1", "q2"), function(q) d[[q]] %in% c("4", "5")))
  asked <- rowSums(sapply(c("q1", "q2"), function(q) d[[q]] != ""))
  points <- rowSums(sapply(c("q1", "q2"), function(q) ifelse(d[[q]] == "", 0, as.numeric(d[[q]]))))
  part <- subset(update(design, hit = hit, asked = asked, points = points), keep)
  r <- svyratio(~hit, ~asked, part)
  m <- svyratio(~points, ~asked, part)
  say("both", unit, breakdown, category, coef(r), SE(r), NA, NA, coef(m), SE(m))
}
for (unit in c("u1", "u2")) {
  for (q in c("q1", "q2", "q3")) {
    one(q, unit, "all", "all", d$unit_code == unit)
    for (sex in c("female", "male")) one(q, unit, "sex", sex, d$unit_code == unit & d$sex == sex)
  }
  pooled(unit, "all", "all", d$unit_code == unit)
  for (sex in c("female", "male")) pooled(unit, "sex", sex, d$unit_code == unit & d$sex == sex)
}
for (q in c("q1", "q2")) one(q, "viet_nam", "all", "all", TRUE)
