#include "server/admission/personal_data.h"

#include <string>

#include "gtest/gtest.h"

namespace oriundo {
namespace {

// Invented numbers of the right shape; none belongs to anybody.
TEST(PersonalData, IsFoundInSpanishAndEnglish) {
  for (const char* text : {
           "CURP XEXX010101HNEXXXA4",
           "curp xexx010101mnexxxa8 del tesorero",
           "RFC XEXX010101000",
           "RFC: XEXX-010101-000",
           "clave ABCDEF01010199H900",
           "SSN 078-05-1120",
           "social security: 078051120",
           "ITIN 900-70-0000",
           "su itin es 900700000",
           "Pasaporte G12345678",
           "passport no. 123456789",
           "matrícula consular 1234567",
           "matricula 1234567",
           "DUI 01234567-8",
           "DNI 0801-1990-12345",
           "DPI 1234 56789 0101",
           "cédula 0801199012345",
           "escribir a nadie@example.org",
           "nadie (at) example.org",
           "nadie arroba example punto org",
           "tel. 492 123 4567",
           "Teléfono: 4921234567",
           "llame al (492) 123-4567",
           "whatsapp +52 492 123 4567",
           "call 213 555 0100",
           "+503 2222-3333",
           "4921234567",
           "CLABE 012345678901234567",
           "tarjeta 4111 1111 1111 1111",
           "IBAN DE89370400440532013000",
           "vive en calle Hidalgo 12, col. Centro",
           "su domicilio es Av. Juárez 45",
           "Av. Juárez No. 45 int. 3",
           "123 Main Street, apt 4",
           "1234 Oak St., # 5",
           "the donor is undocumented",
           "es indocumentado",
           "por su situación migratoria",
           "fue deportado en 2019",
           "has a green card",
           "Donante: María López",
           "donador Juan Pérez",
           "donated by John Smith",
           "un donativo de doña Elena Ruiz",
           "Don Juan Pérez pagó su parte",
           "la Sra. María López de Ruiz donó 500",
           "Mr. John Smith paid",
           "pagado por el club, enviado por don Juan Pérez",
       }) {
    EXPECT_TRUE(FindPersonalData(text).has_value()) << text;
  }
}

TEST(PersonalData, IsFoundThroughTheDisguisesThatPeopleUse) {
  for (const char* text : {
           "33 3825 0123",
           "(55) 5512 1234",
           "55.1234.5678",
           "(492) 92 2 34 56",
           "492-92-2-34-56",
           "(492)9223456",
           "492-9223456",
           "XEXX010101 HNEXXXA4",
           "CURP_XEXX-010101-HNEXXXA4",
           "aXEXX010101HNEXXXA4b",
           "RFC_XEXX010101000",
           "XEXX-010101-AB1",
           "078.05.1120",
           "078 - 05 - 1120",
           "SSN078051120",
           "A012345678",
           "A-number A012 345 678",
           "no tiene papeles",
           "visa expired",
           "nobody at example dot org",
           "pasaporte: G 0000 0000",
           "matrícula de la madre: 0000000",
           "100 Example St, Springfield, CA 90000",
           "４９２１２３４５６７",                      // Full-width digits.
           "078\u201105\u20111120",                     // Non-breaking hyphens.
           "nadie\u200b@\u200bexample.org",             // Zero-width spaces.
           "nadie＠example.org",                         // Full-width sign.
           "492\u00a0123\u00a04567",                    // Non-breaking spaces.
           "\u0664\u0669\u0662\u0661\u0662\u0663\u0664\u0665\u0666\u0667",  // Arabic digits.
       }) {
    EXPECT_TRUE(FindPersonalData(text).has_value()) << text;
  }
}

TEST(PersonalData, IsNotSeenInWhatProjectsAreAbout) {
  for (const char* text : {
           "Pavimentación de la calle Hidalgo",
           "Pavimentación con concreto de la calle 5 de Mayo, entre Juárez y Morelos, 1,200 m2",
           "Camino Tekax - Kinchil, 5,200 m2, segunda etapa 2014",
           "Guarniciones y banquetas en Av. Universidad km 3.5",
           "Total 12,926,189.87 MXN; 40/35/25",
           "12.926.189,87 pesos",
           "Convenio del 2014-09-10 al 2015-01-31",
           "10-09-2014 a 31-01-2015",
           "Oficio SEDESOL/DGOP/412/2014, folio TN-2014-0032",
           "Club Social Tekax de Los Angeles, Inc.",
           "RFC GTE010101AB1 del contratista",  // A company's has twelve characters.
           "Constructora Ejemplo, S.A. de C.V.",
           "Localidad 310790001",
           "Municipio 31079, Yucatán",
           "1,413,734 pesos en dos ministraciones de 706,867",
           "Escuela primaria No. 1234, turno vespertino",
           "First deposit of 14,000.00 USD at 17.9500",
           "because",
           "Se suspende por observaciones del comité",
           "Lindero con la privada Juárez",
           "Pavimentación de la calle 21 entre 18 y 20, colonia Centro, Tekax",
           "Pavimentación de calle Hidalgo 2a etapa, Col. Centro",
           "Centro de salud Dr. Juan Pérez, 2 aulas, ahorro de 25000 pesos",
           "Albergue para migrantes deportados",
           "Becas a jóvenes deportados, segunda generación",
           "Localidad 31-079-0001, pozo profundo",
           "Escuela secundaria 12 2013-2014",
           "Unidad médica móvil 2017-2018",
           "Ampliación de la escuela, ciclo 10 2014 2015",
           "Camino km 100+000 - 101+500",
           "Aulas para una matrícula de 12000 alumnos",
           "Road from Las Ánimas to El Salto, 379 m of 1,200 m",
           "De 150 000 000 pesos, a 123456789 le faltan recibos",
           "Entregado sin documentos comprobatorios",
           "Tramo A 100 + 200, eje B",
           "Licencia de construcción 1234567",
           "Folio SEDE-140512-001",
           "Calle Don Miguel Hidalgo, tramo que pagó el municipio",
           "Aportó Miguel Auza su parte",
           "Donación de terreno para la escuela Francisco Villa",
           "Donativo de Western Union",
           "Donated by Club Social Tekax",
           "Donantes: 25 familias",
           "Jardín de niños María Montessori, pagado por el club",
       }) {
    EXPECT_FALSE(FindPersonalData(text).has_value()) << text << ": " << FindPersonalData(text).value_or("");
  }
}

TEST(PersonalData, LetsCodesLookLikePhonesButNotLikeIdentityPapers) {
  for (const char* code : {"310790001", "TN-2014-0032", "LA/2014/0001234567", "c4921234567", "works-2014-09-10", "20067-A", "deposit-20140315-1",
                           "pago-140630-001", "road-250115-001", "obra-079-12-2014", "079-12-2014", "20140315-1"}) {
    EXPECT_FALSE(FindIdentityNumber(code).has_value()) << code;
  }
  for (const char* code : {"XEXX010101HNEXXXA4", "xexx010101hnexxxa4", "club-xexx010101hnexxxa4", "XEXX010101000"}) {
    EXPECT_TRUE(FindIdentityNumber(code).has_value()) << code;
  }
}

TEST(PersonalData, TakesAnyBytes) {
  EXPECT_FALSE(FindPersonalData("").has_value());
  EXPECT_FALSE(FindPersonalData(std::string(10'000, '(')).has_value());
  EXPECT_FALSE(FindPersonalData("\xff\xfe\x80").has_value());
}

}  // namespace
}  // namespace oriundo
