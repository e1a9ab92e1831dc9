/* What results say of how an SCF goes on: their cycles, given to the forecast. */
#include "codes/results.h"

#include "codes/code.h"

#include <math.h>
#include <string.h>

enum {
    CYCLES_MAX = 1000000000, /* whatever an output says */
};

bool scf_run_goes_on(const struct scf_run *run) {
    return !run->over && !run->ended && run->converged == TRUTH_UNKNOWN;
}

struct forecast scf_run_forecast(const struct scf_run *run, size_t n,
                                 const struct forecast_aim *aim) {
    struct forecast_series series;
    /* One more, for the change to it. */
    size_t from = n > FORECAST_WINDOW ? n - FORECAST_WINDOW - 1 : 0;
    forecast_begin(&series, run->delayed, from);
    for (size_t i = from; i < n; i++) {
        const struct scf_cycle *cycle = &run->cycles[i];
        forecast_add(&series,
                     &(struct forecast_cycle){.energy_ev = cycle->energy_ev,
                                              .left_ev = cycle->left_ev,
                                              .at_seconds = cycle->at_seconds});
    }
    return forecast_tell(&series, aim);
}

enum forecast_badge results_forces(const struct results *results) {
    bool optimises = results->calculation &&
                     strcmp(results->calculation, "geometry_optimization") == 0;
    const struct forecast_aim aim = {
        .threshold_ev = NAN, .seconds_left = NAN, .seconds_per_cycle = NAN};
    struct forecast_series series;
    size_t n = optimises ? results->n_steps : 0;
    size_t from = n > FORECAST_WINDOW ? n - FORECAST_WINDOW - 1 : 0;
    forecast_begin(&series, 0, from);
    for (size_t i = from; i < n; i++) {
        const struct step *step = &results->steps[i];
        /* A step whose forces are not known is no step with the energy's change. */
        double left =
            isnan(step->max_force_ev_per_ang) ? INFINITY : step->max_force_ev_per_ang;
        forecast_add(&series, &(struct forecast_cycle){.energy_ev = step->energy_ev,
                                                       .left_ev = left,
                                                       .at_seconds = NAN});
    }
    return forecast_tell(&series, &aim).badge;
}

struct forecast_aim results_aim(const struct results *results) {
    return (struct forecast_aim){.threshold_ev = results->scf_threshold_ev,
                                 .cycle_limit = results->scf_cycle_limit < CYCLES_MAX
                                                    ? results->scf_cycle_limit
                                                    : CYCLES_MAX,
                                 .cycles_after = results->scf_cycles_after,
                                 .seconds_left = NAN,
                                 .seconds_per_cycle = NAN};
}

struct forecast_told results_forecast(const struct results *results) {
    const struct scf_run *last =
        results->n_scf > 0 ? &results->scf[results->n_scf - 1] : NULL;
    const struct code *code = results->code ? code_by_name(results->code) : NULL;
    struct forecast_aim aim = results_aim(results);
    struct forecast none = {
        .badge = FORECAST_NONE, .seconds_low = NAN, .seconds_high = NAN};
    bool open = results->status == RUN_TRUNCATED || results->status == RUN_UNKNOWN;
    bool goes_on = last && open && scf_run_goes_on(last);
    size_t n = goes_on ? last->n_cycles : 0;
    struct forecast forecast = goes_on ? scf_run_forecast(last, n, &aim) : none;
    struct forecast_told told =
        forecast_told(&forecast, &aim, n, code ? code_cycle_limit_name(code) : NULL);
    told.forces = open ? results_forces(results) : FORECAST_NONE;
    return told;
}
