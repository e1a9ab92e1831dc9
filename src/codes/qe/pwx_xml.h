/* Reading data-file-schema.xml: what the reader of the XML tells the reader of its
 * meaning. */
#pragma once

#include "codes/qe/pwx_scan.h"
#include "codes/xml_reader.h"

#define PWX_HARTREE_EV (2 * PWX_RYDBERG_EV)

/* A geometry and its energy: of a <step>, or of the <output>. Hartree, bohr. */
struct pwx_xml_block {
    enum truth converged;
    long n_cycles;
    double error; /* estimated, of the energy */
    double energy;
    size_t n_forces; /* numbers */
    double row[3];
    double largest_force; /* squared */
    size_t n_stress;
    double stress[9];
    long line; /* where it tells of its convergence */
};

struct pwx_xml_bands {
    bool edges;      /* the highest occupied level is told */
    bool fractional; /* some level is neither full nor empty */
    bool wrong;      /* some number is none */
    double fermi;    /* NAN where there is none, or two */
    double top, bottom;
    long n_up;        /* levels of the first spin at a k-point, of the two */
    long index;       /* of the level at hand, at its k-point */
    long occupied[2]; /* levels at the k-point at hand, for either spin */
    long wanted[2];   /* the same at every k-point so far … */
    bool crossing;    /* … unless a band crosses the Fermi energy */
    bool any;
};

/* What is being put together. */
struct pwx_xml_data {
    char calculation[16]; /* the keyword of the input */
    double threshold;     /* of the energy's error, Hartree */
    long most_cycles;     /* electron_maxstep, or 0 */
    bool cut_short;       /* the last SCF: it was stopped before that */
    bool hybrid, lsda, noncollinear;
    long geometry_line; /* where it is told whether the geometry has converged, or 0 */
    double rows[3][3];
    size_t n_rows;
    struct pwx_xml_block block;
    struct pwx_xml_bands bands;
};

void pwx_xml_bands_init(struct pwx_xml_bands *bands);
/* The levels at a k-point, Hartree, then how full each is. */
void pwx_xml_bands_begin_point(struct pwx_xml_bands *bands);
void pwx_xml_bands_level(struct pwx_xml_bands *bands, double level);
void pwx_xml_bands_occupation(struct pwx_xml_bands *bands, double occupation);
void pwx_xml_bands_end_point(struct pwx_xml_bands *bands);
/* What pw.x says itself where occupations are fixed. */
void pwx_xml_bands_highest(struct pwx_scan *scan, struct pwx_xml_bands *bands,
                           double level);
void pwx_xml_bands_lowest(struct pwx_scan *scan, double level);
/* All k-points have been read: Fermi energy, edges and gap. */
void pwx_xml_bands_end(struct pwx_scan *scan, const struct pwx_xml_bands *bands);

/* As struct xml_dialect has them. */
int pwx_xml_element(const char *tag, const char **attributes);
enum xml_wish pwx_xml_wish(int element);
void pwx_xml_data_init(struct pwx_xml_data *data);
int pwx_xml_begin(struct pwx_scan *scan, struct pwx_xml_data *data,
                  const struct xml_path *path, const char **attributes);
void pwx_xml_number(struct pwx_xml_data *data, const struct xml_path *path,
                    double value);
int pwx_xml_end(struct pwx_scan *scan, struct pwx_xml_data *data,
                const struct xml_path *path, const char *name, const char *text);
/* The text has ended: judge. 0 or -ENOMEM. */
int pwx_xml_judge(struct pwx_scan *scan, const struct pwx_xml_data *data);
